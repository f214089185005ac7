"""Contracts: typed records of everything that crosses a border, one module per concept.

Rows of the warehouses, JSON of the API, query arguments, table schemas and the types of the scripts follow from them.
`conversion.converted` makes a record from foreign values and names every wrong field at once.
"""
