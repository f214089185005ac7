// Loading of parts that few visitors reach.

/**
 * Run `load` once, when `element` is nearly in view.
 * @param {Element} element
 * @param {() => void} load
 */
export const whenNear = (element, load) =>
	new IntersectionObserver(
		([entry], observer) => {
			if (!entry.isIntersecting) return;
			observer.disconnect();
			load();
		},
		{ rootMargin: "300px" }
	).observe(element);
