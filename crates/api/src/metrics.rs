//! What is counted, and its text for Prometheus.

use std::time::Duration;

use prometheus::{
    Encoder, HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry,
    TextEncoder,
};

/// Upper bounds of the buckets of request durations, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];

/// Methods that get a label of their own; a client may send any word as method.
const METHODS: [&str; 7] = ["GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS"];

/// The counters and gauges of this process.
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    jobs: IntGaugeVec,
    deliveries: IntGaugeVec,
    memory: IntGauge,
}

impl Metrics {
    /// All at zero.
    pub fn new() -> prometheus::Result<Self> {
        let registry = Registry::new();
        let labels = ["method", "route", "status"];
        let total = "throughline_http_requests_total";
        let total = Opts::new(total, "Requests answered, by method, route and status.");
        let durations = "throughline_http_request_duration_seconds";
        let durations = HistogramOpts::new(durations, "How long requests took, in seconds.");
        let memory = ("process_resident_memory_bytes", "Memory of this process in RAM, in bytes.");
        let (jobs, deliveries) = ("Jobs in the queue, by state.", "Deliveries, by outcome.");
        Ok(Self {
            requests: kept(&registry, IntCounterVec::new(total, &labels)?)?,
            durations: kept(
                &registry,
                HistogramVec::new(durations.buckets(BUCKETS.to_vec()), &labels)?,
            )?,
            jobs: gauge(&registry, "throughline_jobs", jobs, "state")?,
            deliveries: gauge(&registry, "throughline_deliveries", deliveries, "outcome")?,
            memory: kept(&registry, IntGauge::new(memory.0, memory.1)?)?,
            registry,
        })
    }

    /// Counts one request. `route` is the template, never the address as asked.
    pub fn answered(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method = METHODS.iter().find(|known| **known == method).unwrap_or(&"other");
        let status = status.to_string();
        let labels = [method, route, status.as_str()];
        self.requests.with_label_values(&labels).inc();
        self.durations.with_label_values(&labels).observe(took.as_secs_f64());
    }

    /// How many jobs are in each state.
    pub fn jobs(&self, counts: &[(&str, i64)]) {
        set_all(&self.jobs, counts);
    }

    /// How many deliveries have each outcome.
    pub fn deliveries(&self, counts: &[(&str, i64)]) {
        set_all(&self.deliveries, counts);
    }

    /// All of it as Prometheus reads it.
    pub fn text(&self) -> Result<String, prometheus::Error> {
        self.memory.set(resident_bytes().unwrap_or(0));
        let mut out = Vec::new();
        TextEncoder::new().encode(&self.registry.gather(), &mut out)?;
        Ok(String::from_utf8_lossy(&out).into_owned())
    }
}

fn set_all(gauges: &IntGaugeVec, counts: &[(&str, i64)]) {
    for (label, count) in counts {
        gauges.with_label_values(&[label]).set(*count);
    }
}

fn gauge(
    registry: &Registry,
    name: &str,
    help: &str,
    label: &str,
) -> prometheus::Result<IntGaugeVec> {
    kept(registry, IntGaugeVec::new(Opts::new(name, help), &[label])?)
}

fn kept<T>(registry: &Registry, metric: T) -> prometheus::Result<T>
where
    T: prometheus::core::Collector + Clone + 'static,
{
    registry.register(Box::new(metric.clone())).map(|()| metric)
}

/// The second number of `/proc/self/statm` is resident pages; `None` where there is no such file.
fn resident_bytes() -> Option<i64> {
    const PAGE: i64 = 4096;
    let text = std::fs::read_to_string("/proc/self/statm").ok()?;
    let pages: i64 = text.split(' ').nth(1)?.parse().ok()?;
    Some(pages * PAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_help_line_and_counters_end_in_total() {
        let metrics = Metrics::new().unwrap();
        metrics.answered("GET", "/api/v1/tickets", 200, Duration::from_millis(3));
        metrics.answered("BREW", "/", 405, Duration::from_millis(1));
        metrics.jobs(&[("queued", 4)]);
        metrics.deliveries(&[("stored", 9)]);
        let text = metrics.text().unwrap();
        for name in
            ["throughline_http_requests_total", "throughline_jobs", "throughline_deliveries"]
        {
            assert!(text.contains(&format!("# HELP {name} ")), "{text}");
        }
        assert!(
            text.contains(r#"method="other""#)
                && text.contains(r#"throughline_jobs{state="queued"} 4"#)
        );
        let counters = text.lines().filter(|l| l.starts_with("# TYPE") && l.ends_with("counter"));
        assert!(counters.clone().count() > 0);
        assert!(counters.into_iter().all(|l| l.contains("_total ")));
    }
}
