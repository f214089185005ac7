"""Changes of a model or a policy that a request asks for: fields that are left out stay."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import UNSET, Meta, UnsetType

from ppa.core.contracts.policy import ExpiryLimit, PauseLimit, RetrainEstimator, WindowLimit
from ppa.core.contracts.problem import WrongField
from ppa.core.contracts.record import Body
from ppa.core.contracts.upload import MAX_TAGS, ExpiryDays, Notes, Tag

Switch: TypeAlias = bool | UnsetType | None


class Changes(Body, frozen=True, kw_only=True):
    """Changes of some fields of an object; at least one is given."""

    def given(self) -> Mapping[str, Any]:
        """Return the fields that are given, by name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not UNSET}

    def conflicts(self) -> Iterator[WrongField]:
        """Yield the body if it changes nothing."""
        if not self.given():
            fields = ", ".join(self.__struct_fields__)
            yield WrongField("body", "Nothing is to be changed.", f"Give some of {fields}.")


class ModelChanges(Changes, frozen=True, kw_only=True):
    """Changes of a model; what is left out stays."""

    notes: Annotated[Notes | UnsetType, Meta(description="Notes", examples=["Trained on bars only."])] = UNSET
    tags: Annotated[Annotated[list[Tag], Meta(max_length=MAX_TAGS)] | UnsetType, Meta(description="Tags")] = (
        UNSET
    )
    expires_after_days: Annotated[
        ExpiryDays | UnsetType | None,
        Meta(description="Days from now until it expires; null for never", examples=[90]),
    ] = UNSET


class PolicyChanges(Changes, frozen=True, kw_only=True):
    """Changes of a policy; what is left out stays, null turns a field off."""

    expire_after_days: Annotated[
        ExpiryLimit | UnsetType | None,
        Meta(description="Days after which active models expire", examples=[90]),
    ] = UNSET
    warn_below_base: Annotated[
        Switch, Meta(description="True to warn below the base rate", examples=[True])
    ] = UNSET
    retrain_estimator: Annotated[
        RetrainEstimator | UnsetType, Meta(description="Estimator of challengers", examples=[None])
    ] = UNSET
    retrain_window_days: Annotated[
        WindowLimit | UnsetType | None,
        Meta(description="Days that challengers are trained on", examples=[None]),
    ] = UNSET
    retrain_every_days: Annotated[
        PauseLimit | UnsetType | None, Meta(description="Days between two challengers", examples=[None])
    ] = UNSET
    paused: Annotated[Switch, Meta(description="True to pause the policy", examples=[False])] = UNSET
