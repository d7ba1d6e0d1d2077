# `make` lists what there is. Each target is one line; what it does stands in scripts/.
.DEFAULT_GOAL := help
.PHONY: help demo test check fix bench soak fuzz cross page bindings icons doc

help: ## List these
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
demo: ## Install what is missing, build, and play the whole story on this machine
	@scripts/demo
test: ## Install what the tests need and pass them all, headless
	@scripts/test
check: ## Format, lints, docs, licences and the page's types, without running a test
	@scripts/check
fix: ## Format, and apply what the lints can repair by themselves
	@cargo fmt --all && cargo clippy --workspace --all-targets --fix --allow-dirty --allow-staged
bench: ## Measure helper and connector, or one of them as PART, beside cloudflared where that is on the PATH
	@scripts/bench $(PART)
soak: ## Let a thousand streams talk through one forward for a minute
	@scripts/soak
fuzz: ## Fuzz everything that reads foreign bytes, a minute each; wants cargo-fuzz
	@scripts/fuzz
cross: ## Type-check for Windows and macOS; run the helper's tests for Windows under Wine
	@scripts/cross/run
page: ## Serve the page alone in a browser, on scripted snapshots
	@scripts/page --serve
bindings: ## Write the page's TypeScript types from the model
	@UPDATE_BINDINGS=1 cargo test --quiet --package model bindings
icons: ## Draw the icon sizes and tray layers from their SVG sources
	@node icons/make.mjs
doc: ## Build the Rust documentation, warnings denied
	@RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
