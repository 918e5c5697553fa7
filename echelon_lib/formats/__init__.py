"""Reading and writing files: tables of schools, benchmarks, run folders."""
