//! The log on standard error, and traces for OpenTelemetry when an endpoint is set.

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::runtime::Tokio;
use opentelemetry_sdk::trace::SdkTracerProvider;
use opentelemetry_sdk::trace::span_processor_with_async_runtime::BatchSpanProcessor;
use throughline_ingest::email::imap::LOGS_MAILS;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{LogFormat, Settings};
use crate::error::Failure;

/// Keeps the traces flowing; [`Logging::finish`] sends the last of them.
#[derive(Debug)]
pub struct Logging {
    traces: Option<SdkTracerProvider>,
}

/// Whether a text is a log filter.
pub fn is_filter(text: &str) -> bool {
    EnvFilter::builder().parse(text).is_ok()
}

/// Starts logging. Must run inside the runtime, because traces are sent from there.
pub fn start(settings: &Settings, filter: &str) -> Result<Logging, Failure> {
    let unusable = |e: String| Failure::configuration(format!("log.filter: {e}"));
    let filter = EnvFilter::builder().parse(filter).map_err(|e| unusable(e.to_string()))?;
    // At its lowest level the library logs whole mails as they arrive, whatever the filter asks for.
    let quiet = format!("{LOGS_MAILS}=warn");
    let quiet = quiet.parse().map_err(|e: ParseError| unusable(e.to_string()))?;
    let filter = filter.add_directive(quiet);
    let traces = match settings.telemetry.otlp_endpoint.as_str() {
        "" => None,
        endpoint => Some(provider(endpoint, &settings.telemetry.service_name)?),
    };
    let spans = traces
        .as_ref()
        .map(|provider| tracing_opentelemetry::layer().with_tracer(provider.tracer("throughline")));
    let registry = tracing_subscriber::registry().with(filter).with(spans);
    // A second start, as in tests, leaves the first in place.
    let _ = registry.with(lines(settings.log.format)).try_init();
    Ok(Logging { traces })
}

fn lines<S>(format: LogFormat) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let layer = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    match format {
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
        LogFormat::Pretty => {
            use std::io::IsTerminal;
            layer.with_ansi(std::io::stderr().is_terminal()).boxed()
        }
    }
}

fn provider(endpoint: &str, service: &str) -> Result<SdkTracerProvider, Failure> {
    // Given in code, an endpoint is taken as it is; the path of traces is part of the standard.
    let endpoint = format!("{}/v1/traces", endpoint.trim_end_matches('/'));
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(endpoint)
        .build()
        .map_err(|e| Failure::configuration(format!("telemetry.otlp_endpoint: {e}")))?;
    // The plain batch processor has a thread of its own, on which an async client cannot work.
    let processor = BatchSpanProcessor::builder(exporter, Tokio).build();
    let resource = Resource::builder().with_service_name(service.to_owned()).build();
    Ok(SdkTracerProvider::builder().with_span_processor(processor).with_resource(resource).build())
}

impl Logging {
    /// Sends what is still held. Waits no longer than the exporter's own time limit.
    pub async fn finish(self) {
        let Some(traces) = self.traces else { return };
        let flushed = tokio::task::spawn_blocking(move || traces.shutdown()).await;
        if let Ok(Err(error)) = flushed {
            tracing::warn!(%error, "the last traces could not be sent");
        }
    }
}
