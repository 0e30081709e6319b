"""Photos that a directory gives as web addresses: fetched by a job, from the internet alone."""
