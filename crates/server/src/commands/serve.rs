//! `throughline serve`: the API, and the worker in the same process.

use std::net::{TcpListener, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use throughline_api::{ApiSettings, Page};
use throughline_app::feed::FeedSettings;
use throughline_app::{App, agents, secrets};
use throughline_worker::channel_probe::PlatformProbe;
use throughline_worker::probe::MailProbe;
use tokio_util::sync::CancellationToken;

use crate::commands::worker;
use crate::config::Settings;
use crate::demo;
use crate::error::Failure;
use crate::mail_access::mail_access;
use crate::node::Node;
use crate::{out, signals, webhooks};

/// Run the server.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Needs nothing but this program: without configuration it keeps its data in ./data and listens on
http://127.0.0.1:8080. The first start makes the database and the first admin, and prints the
admin's password once.

  throughline serve
  throughline serve --first-run                 loads sample data on the first start
  THROUGHLINE__SERVER__BIND=0.0.0.0:80 throughline serve
  throughline serve --no-worker                 beside `throughline worker` on the same database

On SIGTERM or Ctrl-C requests and jobs under way are finished, for server.shutdown_seconds at most.")]
pub struct Args {
    /// Leave the jobs to `throughline worker` processes.
    #[arg(long)]
    no_worker: bool,
    /// Load the sample data when this start is the first on its database.
    #[arg(long)]
    first_run: bool,
    /// The address of the first admin, made when there is no agent at all.
    #[arg(long, value_name = "ADDRESS", default_value = "admin@localhost")]
    admin_email: String,
}

/// Serves until asked to stop.
pub async fn run(settings: &Settings, args: &Args) -> Result<(), Failure> {
    let stop = signals::stop_on_request()?;
    // Before the database is opened: an address that is taken is the commonest failure.
    let listener = listen(&settings.server.bind)?;
    let node = Node::start(settings).await?;
    let served = serve(settings, args, &node, listener, &stop).await;
    node.close().await;
    served
}

async fn serve(
    settings: &Settings,
    args: &Args,
    node: &Node,
    listener: TcpListener,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let first = make_admin(&node.app, &args.admin_email).await?;
    if first && args.first_run {
        demo::load(settings, &node.app).await?;
        out::line("Sample data was loaded: see the inbox “Demo inbox (sample data)”.")?;
    }
    let api = api_settings(settings, &node.app).await?;
    let working = (!args.no_worker).then(|| worker::start(settings, &node.app, stop.clone()));
    let working = working.transpose()?;
    announce(settings, &listener)?;
    let (stopped, lost) = (stop.clone(), node.lost.clone());
    let asked = async move {
        tokio::select! {
            () = stopped.cancelled() => {}
            () = lost.cancelled() => {}
        }
    };
    let served =
        throughline_api::serve(node.app.clone(), listener, api, threads(settings), asked).await;
    stop.cancel();
    if let Some(working) = working {
        let in_time = Duration::from_secs(settings.server.shutdown_seconds);
        if tokio::time::timeout(in_time, working).await.is_err() {
            tracing::warn!("jobs did not end in time; others will take them over");
        }
    }
    served.map_err(|e| Failure::new(format!("the server failed: {e}")))
}

fn listen(bind: &str) -> Result<TcpListener, Failure> {
    let unusable = |e: std::io::Error| {
        Failure::new(format!("cannot listen on {bind}: {e}"))
            .advise("is another server running there? Set server.bind to another address")
    };
    let addresses: Vec<_> = bind.to_socket_addrs().map_err(unusable)?.collect();
    let listener = TcpListener::bind(addresses.as_slice()).map_err(unusable)?;
    listener.set_nonblocking(true).map_err(unusable)?;
    Ok(listener)
}

/// Makes the first admin when there is no agent; says whether it did.
async fn make_admin(app: &App, email: &str) -> Result<bool, Failure> {
    let Some((agent, password)) = agents::bootstrap_admin(app, email).await? else {
        return Ok(false);
    };
    out::line(format!(
        "The first admin was made. The password is shown only now:\n\n    \
         e-mail:   {}\n    password: {}\n",
        agent.email,
        password.expose()
    ))?;
    Ok(true)
}

async fn api_settings(settings: &Settings, app: &App) -> Result<ApiSettings, Failure> {
    let token_key = secrets::get_or_create(app, "access_tokens").await?.into_exposed();
    let server = &settings.server;
    Ok(ApiSettings {
        access_token_minutes: settings.auth.access_token_minutes,
        public_url: settings.public_url(),
        trusted_proxies: settings.trusted_proxies()?,
        body_limit: server.body_limit,
        raw_limit: server.raw_limit,
        docs: server.docs,
        metrics: server.metrics,
        shutdown_seconds: server.shutdown_seconds,
        mail_probe: Some(Arc::new(MailProbe::new(mail_access(settings, app)?))),
        channel_probe: Some(Arc::new(PlatformProbe::new(
            worker::chats(settings)?,
            worker::asker(settings)?,
        ))),
        feed: FeedSettings {
            streams: server.streams,
            streams_per_actor: server.streams_per_actor,
            ..FeedSettings::default()
        },
        courier: Some(webhooks::courier(settings)?),
        pages: Some(find_page),
        images: Some(Arc::new(worker::images(settings)?)),
        ..ApiSettings::new(token_key)
    })
}

fn find_page(path: &str, accept_encoding: &str) -> Option<Page> {
    let page = throughline_web::find(path, accept_encoding)?;
    let throughline_web::Page { bytes, media_type, encoding, etag, immutable } = page;
    Some(Page { bytes, media_type, encoding, etag, immutable })
}

fn threads(settings: &Settings) -> usize {
    let cores = || std::thread::available_parallelism().map_or(2, usize::from).min(4);
    match settings.server.workers {
        0 => cores(),
        n => n,
    }
}

fn announce(settings: &Settings, listener: &TcpListener) -> Result<(), Failure> {
    let url = match listener.local_addr() {
        // The port was left to the system.
        Ok(address) if settings.server.bind.ends_with(":0") => format!("http://{address}"),
        _ => settings.public_url(),
    };
    tracing::info!(url, desk = throughline_web::UI_BUILT, "the server is ready");
    let missing = if throughline_web::UI_BUILT { "" } else { "  (not built: see README)" };
    out::line(format!("Desk  {url}/{missing}"))?;
    out::line(format!("API   {url}/api/v1"))?;
    if settings.server.docs {
        out::line(format!("Docs  {url}/api/docs"))?;
    }
    Ok(())
}
