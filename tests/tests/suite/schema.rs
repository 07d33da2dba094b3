//! The two schemas agree, can be taken back, and serve the hot queries by an index.

use std::collections::{BTreeMap, BTreeSet};

use throughline_store::{StoreOptions, migrate};
use throughline_tests::Backend;

/// Tables that differ by nature: full-text indexes, and what migrations keep themselves.
const DIFFER: &[&str] = &["item_search", "customer_search", "__diesel_schema_migrations"];

/// Table and column with whether it may be null.
type Columns = BTreeMap<(String, String), bool>;

fn sqlite(options: &StoreOptions) -> rusqlite::Connection {
    let throughline_store::DatabaseUrl::Sqlite(path) = &options.url else { panic!("SQLite") };
    rusqlite::Connection::open(path).expect("the file")
}

fn postgres(options: &StoreOptions) -> postgres::Client {
    let throughline_store::DatabaseUrl::Postgres(url) = &options.url else { panic!("PostgreSQL") };
    postgres::Client::connect(url, postgres::NoTls).expect("a server")
}

fn sqlite_columns(connection: &rusqlite::Connection) -> Columns {
    let sql = "SELECT m.name, c.name, c.\"notnull\" = 0 FROM sqlite_master m \
               JOIN pragma_table_info(m.name) c \
               WHERE m.type = 'table' AND m.sql NOT LIKE '%VIRTUAL%' AND m.name NOT LIKE '%_search_%' \
               AND m.name NOT LIKE 'sqlite_%'";
    let mut statement = connection.prepare(sql).expect("SQL");
    let rows = statement.query_map([], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)));
    rows.expect("rows").map(|row| row.expect("a row")).collect()
}

fn postgres_columns(client: &mut postgres::Client) -> Columns {
    let sql = "SELECT table_name::text, column_name::text, is_nullable = 'YES' \
               FROM information_schema.columns WHERE table_schema = 'public'";
    let rows = client.query(sql, &[]).expect("rows");
    rows.iter().map(|row| ((row.get(0), row.get(1)), row.get(2))).collect()
}

fn common(columns: Columns) -> Columns {
    columns.into_iter().filter(|((table, _), _)| !DIFFER.contains(&table.as_str())).collect()
}

#[test]
fn both_folders_hold_the_same_migrations() {
    let (sqlite, postgres) = migrate::folder_names().expect("names");
    assert!(!sqlite.is_empty());
    assert_eq!(sqlite, postgres);
}

#[test]
fn both_schemas_agree_column_by_column() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let lite = common(sqlite_columns(&sqlite(&Backend::Sqlite.migrated(folder.path()))));
    let pg = common(postgres_columns(&mut postgres(&Backend::Postgres.migrated(folder.path()))));
    assert!(lite.len() > 100, "the columns were not found");
    assert_eq!(lite, pg);
}

#[test]
fn up_down_up_gives_the_same_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = Backend::Sqlite.migrated(folder.path());
    let before = sqlite_columns(&sqlite(&options));
    migrate::revert_all(&options).expect("reverted");
    let left = sqlite_columns(&sqlite(&options));
    assert!(left.keys().all(|(table, _)| table == "__diesel_schema_migrations"), "{left:?}");
    migrate::run(&options).expect("migrated");
    assert_eq!(sqlite_columns(&sqlite(&options)), before);
    if Backend::Postgres.is_there() {
        let options = Backend::Postgres.migrated(folder.path());
        let before = postgres_columns(&mut postgres(&options));
        migrate::revert_all(&options).expect("reverted");
        migrate::run(&options).expect("migrated");
        assert_eq!(postgres_columns(&mut postgres(&options)), before);
    }
}

#[test]
fn every_foreign_key_has_an_index_and_says_what_deletion_does() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = sqlite(&Backend::Sqlite.migrated(folder.path()));
    let sql = "SELECT m.name, f.\"from\", f.on_delete FROM sqlite_master m \
               JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table'";
    let mut statement = connection.prepare(sql).expect("SQL");
    let keys: Vec<(String, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    let sql = "SELECT m.tbl_name, i.name FROM sqlite_master m JOIN pragma_index_info(m.name) i \
               WHERE m.type = 'index' AND i.seqno = 0 AND i.name IS NOT NULL \
               UNION SELECT m.name, t.name FROM sqlite_master m JOIN pragma_table_info(m.name) t \
               WHERE m.type = 'table' AND t.pk = 1";
    let mut statement = connection.prepare(sql).expect("SQL");
    let leading: BTreeSet<(String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("rows")
        .map(|row| row.expect("a row"))
        .collect();
    assert!(keys.len() > 15, "the keys were not found");
    for (table, column, on_delete) in keys {
        assert_ne!(on_delete, "NO ACTION", "{table}.{column} does not say what deletion does");
        assert!(leading.contains(&(table.clone(), column.clone())), "{table}.{column}: no index");
    }
}

/// The shapes of the hot queries, with the index that each must walk.
const HOT: &[(&str, &str)] = &[
    (
        "SELECT * FROM domain_events WHERE kind IN ('admin.changed', 'customer.erased', \
         'customer.merged', 'customer.unmerged', 'item.redacted') AND id < 9 \
         ORDER BY id DESC LIMIT 51",
        "domain_events_audit",
    ),
    (
        "SELECT * FROM accesses WHERE what = 'export' AND id < 9 ORDER BY id DESC LIMIT 51",
        "accesses_what",
    ),
    (
        "SELECT id FROM accesses WHERE what = 'session' AND change = 'refused' AND period >= 4",
        "accesses_same",
    ),
    (
        "SELECT * FROM timeline_items WHERE customer_id = 5 AND order_key < 9 \
         ORDER BY order_key DESC LIMIT 51",
        "timeline_items_order_key",
    ),
    (
        "SELECT * FROM timeline_items WHERE ticket_id = 5 AND order_key < 9 \
         ORDER BY order_key DESC LIMIT 51",
        "timeline_items_ticket",
    ),
    (
        "SELECT * FROM tickets WHERE category = 0 AND updated_key < 9 \
         ORDER BY updated_key DESC LIMIT 51",
        "tickets_category_updated",
    ),
    (
        "SELECT * FROM tickets WHERE assignee_agent_id = 4 AND category = 0 AND updated_key < 9 \
         ORDER BY updated_key DESC LIMIT 51",
        "tickets_agent",
    ),
    (
        "SELECT id FROM jobs WHERE kind = 'process_delivery' AND dead = FALSE AND run_at <= 9 \
         ORDER BY run_at LIMIT 64",
        "jobs_due",
    ),
    (
        "SELECT * FROM domain_events WHERE position > 4 ORDER BY position LIMIT 100",
        "domain_events_position",
    ),
    (
        "SELECT * FROM customers WHERE canonical_id IS NULL AND activity_key < 9 \
         ORDER BY activity_key DESC LIMIT 51",
        "customers_surviving",
    ),
    (
        "SELECT customer_id FROM likenesses WHERE kind = 2 AND value = 'x' \
         ORDER BY customer_id LIMIT 7",
        "likenesses",
    ),
    (
        "SELECT * FROM merge_suggestions WHERE state = 1 AND id < 9 ORDER BY id DESC LIMIT 51",
        "merge_suggestions_state",
    ),
    (
        "SELECT uid FROM mail_uids WHERE inbox_id = 5 AND folder = 'INBOX' AND pending > 0 LIMIT 500",
        "mail_uids_pending",
    ),
    // The last thing said in a ticket, for a row of a list.
    (
        "SELECT id FROM timeline_items WHERE ticket_id = 5 AND kind IN (1,2,4,5,6,7) \
         ORDER BY order_key DESC LIMIT 1",
        "timeline_items_ticket",
    ),
    (
        "SELECT * FROM drafts WHERE agent_id = 4 AND content IS NOT NULL AND updated_key < 9 \
         ORDER BY updated_key DESC LIMIT 51",
        "drafts_updated",
    ),
    // What the views that everybody has are counted by.
    (
        "SELECT id FROM tickets WHERE category = 0 AND assignee_agent_id = 4 LIMIT 1001",
        "tickets_agent",
    ),
    (
        "SELECT id FROM tickets WHERE category = 0 AND assignee_agent_id IS NULL LIMIT 1001",
        "tickets_agent",
    ),
    ("SELECT id FROM tickets WHERE category = 0 LIMIT 1001", "tickets_category"),
    (
        "SELECT id FROM tickets WHERE category = 0 AND assignee_team_id IN (7, 8) LIMIT 1001",
        "tickets_team",
    ),
    (
        "SELECT id FROM tickets WHERE id IN \
         (SELECT ticket_id FROM mentions WHERE agent_id = 4 AND unread) LIMIT 1001",
        "mentions_",
    ),
];

/// A page over a group of three records, as each database is asked for it.
const GROUP_ON_SQLITE: &str = "SELECT * FROM timeline_items WHERE customer_id = 5 AND order_key < 9 \
     UNION ALL SELECT * FROM timeline_items WHERE customer_id = 6 AND order_key < 9 \
     UNION ALL SELECT * FROM timeline_items WHERE customer_id = 7 AND order_key < 9 \
     ORDER BY 3 DESC, 2 DESC LIMIT 51";
const GROUP_ON_POSTGRES: &str = "(SELECT * FROM timeline_items WHERE customer_id = 5 \
     AND order_key < 9 ORDER BY order_key DESC LIMIT 51) UNION ALL (SELECT * FROM timeline_items \
     WHERE customer_id = 6 AND order_key < 9 ORDER BY order_key DESC LIMIT 51) \
     ORDER BY 3 DESC, 2 DESC LIMIT 51";

#[test]
fn a_group_is_merged_lazily_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = sqlite(&Backend::Sqlite.migrated(folder.path()));
    let sql = format!("EXPLAIN QUERY PLAN {GROUP_ON_SQLITE}");
    let mut statement = connection.prepare(&sql).expect("SQL");
    let steps = statement.query_map([], |row| row.get::<_, String>(3)).expect("rows");
    let plan = steps.map(|row| row.expect("a row")).collect::<Vec<_>>().join("; ");
    assert_eq!(plan.matches("timeline_items_order_key").count(), 3, "{plan}");
    assert!(plan.contains("MERGE") && !plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn a_group_is_merged_lazily_on_postgres() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = postgres(&Backend::Postgres.migrated(folder.path()));
    // As in a large table: enough rows that sorting them would be noticed.
    let fill = "INSERT INTO customers SELECT i, NULL, NULL, NULL, NULL, FALSE, 0, 0, 0, i, 1, NULL \
         FROM generate_series(5, 6) i; \
         INSERT INTO timeline_items SELECT i, 5 + abs(i % 2), i, 2, 1, 1, NULL, NULL, NULL, 4, NULL, 0, 0, \
         repeat('x', 200), '{}' FROM generate_series(-20000, 8) i; ANALYZE timeline_items";
    client.batch_execute(fill).expect("filled");
    let rows = client.query(&format!("EXPLAIN {GROUP_ON_POSTGRES}"), &[]).expect("a plan");
    let plan = rows.iter().map(|row| row.get(0)).collect::<Vec<String>>().join("; ");
    assert!(plan.contains("Merge Append"), "{plan}");
    assert_eq!(plan.matches("timeline_items_order_key").count(), 2, "{plan}");
    // Ties are put in order among what was merged; nothing is sorted whole.
    assert!(!plan.replace("Incremental Sort", "").contains("->  Sort "), "{plan}");
}

#[test]
fn hot_queries_walk_their_index_on_sqlite() {
    let folder = tempfile::tempdir().expect("a folder");
    let connection = sqlite(&Backend::Sqlite.migrated(folder.path()));
    for (sql, index) in HOT {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("SQL");
        let steps: Vec<String> = statement
            .query_map([], |row| row.get::<_, String>(3))
            .expect("rows")
            .map(|row| row.expect("a row"))
            .collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index), "{sql}: {plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{sql} sorts: {plan}");
    }
}

#[test]
fn hot_queries_walk_their_index_on_postgres() {
    if !Backend::Postgres.is_there() {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut client = postgres(&Backend::Postgres.migrated(folder.path()));
    // The tables are empty: without this the planner rightly reads them whole.
    client.batch_execute("SET enable_seqscan = off; SET enable_bitmapscan = off").expect("set");
    for (sql, index) in HOT {
        let rows = client.query(&format!("EXPLAIN {sql}"), &[]).expect("a plan");
        let steps: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = steps.join("; ");
        assert!(plan.contains(index), "{sql}: {plan}");
        assert!(!plan.contains("Sort"), "{sql} sorts: {plan}");
    }
}
