//! Harness for the integration suites.
