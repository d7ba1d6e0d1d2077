# What changes in a symbol from one compiler or library to the next.
s/17h[0-9a-f]{16}E/E/
s/\.llvm\.[0-9]+//
s/Cs[0-9A-Za-z]+_/C_/g
s/^aws_lc_[0-9_]+_/aws_lc_/
