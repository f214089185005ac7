"""What a month costs: jobs and page views are run and counted here, and priced by a dated list."""
