// Opens a dialog, and gives the focus back to where it was, even when the dialog goes without being closed.

export function openModal(dialog: HTMLDialogElement): () => void {
  const from = document.activeElement;
  dialog.showModal();
  return () => {
    if (dialog.open) dialog.close();
    if (from instanceof HTMLElement && from.isConnected) from.focus();
  };
}
