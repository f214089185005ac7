"""JSON of the API's responses, as typed shapes: the OpenAPI document and the tests of responses follow from them."""
