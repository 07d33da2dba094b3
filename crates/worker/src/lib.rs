//! The job runner and the jobs.
