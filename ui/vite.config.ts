import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vite";

// Relative addresses and no inlined files: the page is served from a custom scheme under a strict content policy.
export default defineConfig({
  base: "./",
  plugins: [svelte()],
  build: { target: ["es2021", "safari15", "chrome105"], assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
