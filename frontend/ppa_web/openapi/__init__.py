"""The API described by itself: views declare what they take and return, and the OpenAPI document follows from that."""
