//! All SQL, pools, blobs and queue rows, on SQLite and PostgreSQL.
