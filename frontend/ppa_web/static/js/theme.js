// Sets the theme before the first paint. It is a classic script, because a module would run too late.
(() => {
	const system = matchMedia("(prefers-color-scheme: dark)");
	const chosen = () => {
		try {
			return localStorage.getItem("theme");
		} catch {
			return null;
		}
	};
	/** @type {(theme: string) => void} */
	const apply = theme => {
		document.documentElement.dataset.theme = theme;
		dispatchEvent(new Event("themechange"));
	};
	const update = () => apply(chosen() ?? (system.matches ? "dark" : "light"));
	update();
	system.addEventListener("change", update);
	addEventListener("storage", update);
	addEventListener("beforeprint", () => apply("light"));
	addEventListener("afterprint", update);
	window.switchTheme = () => {
		const next = document.documentElement.dataset.theme === "dark" ? "light" : "dark";
		try {
			localStorage.setItem("theme", next);
		} catch {
			/* storage may be blocked in private windows */
		}
		apply(next);
	};
})();
