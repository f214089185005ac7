// Runs `work` once `element` is nearly in view: what few visitors reach is loaded then.
export const near = (element, work) =>
	new IntersectionObserver(
		([entry], self) => {
			if (!entry.isIntersecting) return;
			self.disconnect();
			work();
		},
		{ rootMargin: "300px" }
	).observe(element);
