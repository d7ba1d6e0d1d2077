// What there is to import in the scenes.

import type { ImportChoice } from "../../bindings/ImportChoice";
import type { ImportRow } from "../../bindings/ImportRow";
import type { ImportView } from "../../bindings/ImportView";

const entry = (place: number, name: string, hostname: string, change: string, line: number, can = true): ImportRow => ({ place, name, hostname, change, can, foundAt: `line ${line}` });

const rows = [
  entry(0, "build-01", "build-01.acme.dev", "ProxyCommand replaced", 8),
  entry(1, "db-primary", "bastion.acme.dev", "Replaced, bastion kept", 12),
  entry(2, "gpu-lab-03", "gpu-lab-03.acme.dev", "Certificate step replaced", 19),
  entry(3, "azure", "azure.widgetcorp.tech", "ProxyCommand replaced", 27),
  entry(4, "staging", "staging.widgetcorp.tech", "ProxyCommand replaced", 31),
  entry(5, "*.northwind.dev", "pattern", "Left alone: covers many hosts", 36, false),
];

export const everything: ImportChoice = { entries: [0, 1, 2, 3, 4], logins: true, delete: false, changes: false };

export function importView(choice: ImportChoice): ImportView {
  const hosts = choice.entries.length;
  return {
    places: "~/.ssh/config and ~/.cloudflared",
    reading: false,
    title: "6 entries use cloudflared",
    selected: `${hosts} selected`,
    rows,
    unread: [],
    logins: {
      label: "Copy 2 logins from ~/.cloudflared to your keyring",
      help: "acme until 17:42, widgetcorp until 12:39.",
      deleteLabel: "Then delete the old files",
      deleteHelp: "This cannot be undone, and cloudflared would ask you to log in again.",
    },
    notes: ["ssh, scp and git keep working with the same names.", "Your old lines stay in the file as comments, and a copy is kept.", "cloudflared stays installed and is not touched."],
    changes: choice.changes
      ? [{
          file: "~/.ssh/config",
          summary: "5 lines added, 1 removed",
          lines: [
            { kind: "added", text: "# >>> Sallyport" },
            { kind: "added", text: "Host build-01" },
            { kind: "added", text: "  HostName build-01.acme.dev" },
            { kind: "added", text: '  ProxyCommand "/usr/lib/sallyport/bin/sallyport" access ssh --hostname %h' },
            { kind: "gap", text: "" },
            { kind: "context", text: "Host build-01" },
            { kind: "removed", text: "  ProxyCommand cloudflared access ssh --hostname %h" },
            { kind: "added", text: "#sallyport  ProxyCommand cloudflared access ssh --hostname %h" },
          ],
        }]
      : [],
    choice,
    problem: null,
    label: hosts > 0 ? `Import ${hosts} ${hosts === 1 ? "host" : "hosts"}` : choice.logins ? "Copy 2 logins" : "Import",
    canImport: hosts > 0 || choice.logins,
    running: false,
  };
}

export const nothingToImport: ImportView = { ...importView({ entries: [], logins: false, delete: false, changes: false }), title: "No entries use cloudflared.", rows: [], logins: null, notes: [] };
