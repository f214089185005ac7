// Whether whoever looks may change something; the server decides, this only shows it beforehand.
export const mayChange = document.body.dataset.role !== "viewer";
export const TAKES = "Changing this takes the role editor; yours is viewer.";
