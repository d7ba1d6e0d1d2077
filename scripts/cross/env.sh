# Sourced by `run`: Debian's Rust, apart from the person's own, with linkers, runners and stand-ins for the other systems.
#
# A target folder of its own: another rustc, and the empty objects must never meet a build that links.
cross=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export CARGO_TARGET_DIR=$PWD/target-cross
export CROSS_TOOLCHAIN=$CARGO_TARGET_DIR/toolchain
# Not the usual cargo home, as cargo looks for its sub-commands there first, and would find rustup's; but its downloads.
mkdir -p "$CARGO_TARGET_DIR/cargo-home"
for shared in registry config.toml; do
  [ ! -e "${CARGO_HOME:-$HOME/.cargo}/$shared" ] ||
    ln -sfn "$(realpath "${CARGO_HOME:-$HOME/.cargo}/$shared")" "$CARGO_TARGET_DIR/cargo-home/$shared"
done
export CARGO_HOME=$CARGO_TARGET_DIR/cargo-home
export PATH=$CROSS_TOOLCHAIN/bin:/usr/bin:/bin:/usr/sbin:/sbin
export RUSTC=$CROSS_TOOLCHAIN/bin/rustc
unset RUSTUP_TOOLCHAIN RUSTC_BOOTSTRAP RUSTFLAGS CARGO_ENCODED_RUSTFLAGS
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER=x86_64-w64-mingw32-gcc
export CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUNNER=$cross/wine-run
for target in aarch64_apple_darwin x86_64_pc_windows_msvc; do
  export "CC_$target=$cross/fake/cc" "CXX_$target=$cross/fake/cc" "AR_$target=$cross/fake/ar" "RC_$target=$cross/fake/rc"
done
