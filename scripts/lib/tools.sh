# Sourced by the scripts: finds Rust, Node and the cargo commands, and brings what a distribution's own packages are
# too old for. What it brings goes under target/tools, so `rm -r target` takes it away.

tools=$PWD/target/tools
node_major=20 node_minor=19 # what Vite 8 and Svelte's plugin ask for
node_package=22             # what is brought where the machine's own Node is older
nextest_version=0.9.128
deny_version=0.20.2

stop() {
  echo "$*" >&2
  exit 1
}

# Whether the first dotted version is the second or newer.
at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

need_rust() {
  # A shell that was open while Rust was installed does not have it on its PATH yet.
  if ! command -v cargo >/dev/null && [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo" ]; then
    PATH=${CARGO_HOME:-$HOME/.cargo}/bin:$PATH
  fi
  local wanted have
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  command -v cargo >/dev/null || stop "Rust $wanted or newer is needed: get it with rustup, from https://rustup.rs"
  have=$(cargo --version | cut -d ' ' -f 2)
  at_least "$have" "$wanted" || stop "Rust $wanted or newer is needed, this is $have: get it with rustup, from https://rustup.rs"
}

node_is_new() {
  command -v node >/dev/null && command -v npm >/dev/null || return 1
  at_least "$(node --version | tr -d v)" "$node_major.$node_minor"
}

# Puts a Node that can build the page on the PATH, with the npm that belongs to it.
need_node() {
  node_is_new && return
  local modules=$tools/node/node_modules arch
  case $(uname -m) in
    x86_64) arch=x64 ;;
    aarch64) arch=arm64 ;;
    *) stop "Node $node_major.$node_minor or newer is needed on $(uname -m)" ;;
  esac
  local bin=$modules/node-linux-$arch/bin
  if [ ! -x "$bin/node" ] || [ ! -e "$modules/.bin/npm" ]; then
    command -v npm >/dev/null || stop "Node with npm is needed: apt-get install nodejs npm"
    echo "Bringing Node $node_package, as this machine's is older than $node_major.$node_minor"
    mkdir -p "$tools/node"
    npm install --prefix "$tools/node" --no-audit --no-fund --loglevel=error "node-linux-$arch@$node_package" npm@10 </dev/null
  fi
  PATH=$bin:$modules/.bin:$PATH
  export PATH
  node_is_new || stop "Node $node_package was brought, but is not the one that runs"
}

# Builds a cargo command of a known version, once, where the machine has none.
need_cargo_command() {
  local name=$1 version=$2
  PATH=$PATH:$tools/bin
  export PATH
  command -v "$name" >/dev/null && return
  echo "Building $name $version (once; some minutes)"
  cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" "$name@$version" || return 1
  rm -rf "$tools/build"
}
