// The role of the signed-in user. The server decides; the pages only show it in advance.
export const mayChange = document.body.dataset.role !== "viewer";
export const NEEDS_EDITOR = "Changing this takes the role editor; yours is viewer.";
