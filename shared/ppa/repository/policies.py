"""Policies for the models of a label: expiry, warnings and scheduled training of challengers.

Policies are set by people, and their history is kept. No policy promotes or activates a model; only people do.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from ppa.core.contracts.changes import PolicyChanges
from ppa.core.contracts.conversion import projected
from ppa.core.contracts.policy import EVERY_LABEL, ModelPolicy, StoredPolicy
from ppa.core.errors import BadInput, NotFound
from ppa.platform import Platform
from ppa.repository.labels import find_label
from ppa.storage.arrow import read_records, records_table


def set_policy(platform: Platform, scope: str, changes: PolicyChanges, by: str) -> ModelPolicy:
    """Change the given fields of a scope's policy.

    Raises NotFound for an unknown label, BadInput for a retraining schedule that is incomplete or for all labels.
    """
    if scope != EVERY_LABEL:
        find_label(platform, scope)
    before = policies(platform).get(scope, ModelPolicy(scope))
    return _append(platform, replace(before, **{**changes.given(), "by": by, "at": platform.now()}))


def remove_policy(platform: Platform, scope: str, by: str) -> ModelPolicy:
    """Remove a scope's policy, so that the one for all labels applies again; raise NotFound if it has none."""
    if scope not in policies(platform):
        raise NotFound(f"{scope} has no policy of its own.")
    return _append(platform, ModelPolicy(scope, by=by, at=platform.now(), removed=True))


def _append(platform: Platform, policy: ModelPolicy) -> ModelPolicy:
    if not policy.by:
        raise BadInput("The user is empty; every policy needs one for the audit log.")
    platform.warehouse.merge("rules", records_table([projected(StoredPolicy, policy)]))
    return policy


def policies(platform: Platform) -> Mapping[str, ModelPolicy]:
    """Return the current policy of each scope that has one, including paused ones."""
    newest = {policy.scope: policy for policy in policy_history(platform)}
    return {scope: policy for scope, policy in newest.items() if not policy.removed}


def policy_history(platform: Platform) -> Sequence[ModelPolicy]:
    """Return all policies ever set, by scope, oldest first."""
    stored = read_records(StoredPolicy, platform.warehouse.query("rules"))
    return [projected(ModelPolicy, policy) for policy in stored]


def policy_for(in_force: Mapping[str, ModelPolicy], label_id: str) -> ModelPolicy:
    """Return the policy that applies to a label: its own, else the one for all labels; an empty one if paused."""
    policy = in_force.get(label_id) or in_force.get(EVERY_LABEL) or ModelPolicy(label_id)
    return ModelPolicy(label_id) if policy.paused else policy
