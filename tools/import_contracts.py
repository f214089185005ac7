"""A contract for import-linter: modules may import a short list of packages from outside, and nothing else."""

from typing import Any

from importlinter import Contract, ContractCheck, fields, output


class OnlyContract(Contract):
    """Modules of `source_modules` import of what is not ours only `allowed_modules`, wherever they do it."""

    source_modules: Any = fields.ListField(subfield=fields.ModuleField())
    allowed_modules: Any = fields.SetField(subfield=fields.StringField())

    def check(self, graph, verbose):  # type: ignore[no-untyped-def]
        """Return whether it is kept, with every import that breaks it."""
        ours, allowed = self.session_options["root_packages"], set(self.allowed_modules)
        broken = [
            f"{importer} -> {imported}"
            for source in self.source_modules
            for importer in sorted({source.name, *graph.find_descendants(source.name)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if imported.split(".")[0] not in ours and imported not in allowed
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check):  # type: ignore[no-untyped-def]
        """Print each import that breaks it."""
        for line in check.metadata["broken"]:
            output.print_error(f"{line} is not allowed: keep it out of the core, or move the module.")
