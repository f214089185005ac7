"""Monthly cost: jobs and page views are run and metered locally, and priced by a dated price list."""
