// Sets the theme before the first paint; a classic script, since a module would run too late.
(() => {
	const system = matchMedia("(prefers-color-scheme: dark)");
	const chosen = () => {
		try {
			return localStorage.getItem("theme");
		} catch {
			return null;
		}
	};
	const show = theme => {
		document.documentElement.dataset.theme = theme;
		dispatchEvent(new Event("themechange"));
	};
	const apply = () => show(chosen() ?? (system.matches ? "dark" : "light"));
	apply();
	system.addEventListener("change", apply);
	addEventListener("storage", apply);
	addEventListener("beforeprint", () => show("light"));
	addEventListener("afterprint", apply);
	window.switchTheme = () => {
		const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
		try {
			localStorage.setItem("theme", next);
		} catch {
			/* private windows may refuse */
		}
		show(next);
	};
})();
