//! The admin's fact rules, compiled once and kept until one of them changes.

use std::sync::{Arc, Mutex, PoisonError};

use throughline_core::facts::rules::{MAX_RULES, RuleSet};
use throughline_store::{Conn, StoreError, fact_rules};

/// The number and the newest version of the rules that are compiled.
type Stamp = (i64, i64);

/// Compiled rules with their stamp. What is in the database counts: another node may have changed it.
#[derive(Debug, Default)]
pub(crate) struct RuleCache(Mutex<(Stamp, Arc<RuleSet>)>);

impl RuleCache {
    /// The rules as they are now.
    pub(crate) fn rules(&self, conn: &mut Conn) -> Result<Arc<RuleSet>, StoreError> {
        let stamp = fact_rules::stamp(conn)?;
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if kept.0 == stamp {
            return Ok(kept.1);
        }
        let rules = Arc::new(RuleSet::of(fact_rules::list(conn, None, MAX_RULES)?));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (stamp, Arc::clone(&rules));
        Ok(rules)
    }
}
