"""Parameters of estimators as text."""

from typing import Any

_PLAIN = (type(None), bool, int, float, str)


def estimator_parameters(estimator: Any) -> dict[str, str]:
    """Parameters of an estimator and its parts by `get_params`, as text; values that are other objects are left out."""
    parameters = estimator.get_params(deep=True) if hasattr(estimator, "get_params") else {}
    return {str(name): str(value) for name, value in parameters.items() if isinstance(value, _PLAIN)}
