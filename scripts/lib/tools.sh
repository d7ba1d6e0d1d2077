# Sourced by the scripts: makes sure of Rust, Node and the cargo commands. What is built for a script's own use goes under
# target/tools, so that `rm -r target` takes it away.

tools=$PWD/target/tools
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
    export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
  fi
  local wanted have
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  command -v cargo >/dev/null || stop "Rust $wanted or newer is needed: get it with rustup, from https://rustup.rs"
  have=$(cargo --version | cut -d ' ' -f 2)
  at_least "$have" "$wanted" || stop "Rust $wanted or newer is needed, this is $have: get it with rustup, from https://rustup.rs"
}

need_node() {
  local wanted have
  wanted=$(sed -n 's/.*"node": ">=\(.*\)".*/\1/p' ui/package.json)
  command -v node >/dev/null && command -v npm >/dev/null || stop "Node $wanted or newer is needed, with npm: apt-get install nodejs npm"
  have=$(node --version | tr -d v)
  at_least "$have" "$wanted" || stop "Node $wanted or newer is needed, this is $have"
}

# Builds a cargo command of a known version, once, where the machine has none.
need_cargo_command() {
  local name=$1 version=$2
  export PATH="$PATH:$tools/bin"
  command -v "$name" >/dev/null && return
  echo "Building $name $version (once; some minutes)"
  cargo install --quiet --locked --root "$tools" --target-dir "$tools/build" "$name@$version" || stop "$name could not be built"
  rm -rf "$tools/build"
}

# The browser that the page's own tests run in; nothing when there is none.
chromium() {
  local it
  for it in "${CHROMIUM:-}" /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome; do
    if [ -n "$it" ] && [ -x "$it" ]; then echo "$it" && return; fi
  done
}

# Ubuntu has it as a snap only, which no script can start; the tests of the window run the page in WebKit there as well.
can_have_chromium() { grep -qs '^ID=debian' /etc/os-release; }

without_chromium="SKIPPED: the page's own tests, for want of Chromium (name one in CHROMIUM)"
