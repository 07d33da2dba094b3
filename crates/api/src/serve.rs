//! Mounting and serving: the layers in their order, the listener, and a stop that lets running
//! requests end.

use std::future::Future;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Server, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Compress, from_fn};
use actix_web::web::{self, Data};
use actix_web::{App, Error, HttpServer};
use throughline_app::feed::Feed;

use crate::mount::ServiceConfig;
use crate::settings::ApiSettings;
use crate::state::ApiState;
use crate::{fallback, frame, idempotency, routes};

/// How long a client may take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The address below which the routes of the version stand.
pub const V1: &str = "/api/v1";

/// The whole API as an actix application: for [`serve`], and to mount it in a test.
pub fn service_factory(
    state: Data<ApiState>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = Error,
        InitError = (),
    >,
> {
    let docs = state.settings.docs;
    // A scope's layers run from the last to the first.
    let v1 = web::scope(V1)
        .configure(|config| routes::v1(&mut ServiceConfig::serving(config)))
        .wrap(from_fn(idempotency::idempotent))
        .wrap(from_fn(fallback::known_parameters));
    App::new()
        .app_data(state)
        .configure(|config| routes::open(&mut ServiceConfig::serving(config)))
        .service(v1)
        .configure(|config| {
            if docs {
                routes::docs::configure(config)
            }
        })
        .default_service(web::to(fallback::unrouted))
        .wrap(from_fn(frame::spare_small))
        .wrap(Compress::default())
        .wrap(from_fn(frame::frame))
}

/// Serves until `shutdown` comes true; then takes no new connection, lets running requests end
/// for as long as the settings allow, and returns.
pub async fn serve(
    app: throughline_app::App,
    listener: TcpListener,
    settings: ApiSettings,
    workers: usize,
    shutdown: impl Future<Output = ()>,
) -> std::io::Result<()> {
    let patience = settings.shutdown_seconds;
    let state = Data::new(ApiState::new(app, settings)?);
    let feed = state.feed.clone();
    let server = start(state, listener, patience, workers)?;
    let serving = async {
        let ended = until_asked(server, shutdown, &feed).await;
        feed.close();
        ended
    };
    futures_util::future::join(serving, feed.run()).await.0
}

async fn until_asked(
    server: Server,
    shutdown: impl Future<Output = ()>,
    feed: &Feed,
) -> std::io::Result<()> {
    let handle = server.handle();
    let running = std::pin::pin!(server);
    let asked = std::pin::pin!(shutdown);
    match futures_util::future::select(running, asked).await {
        futures_util::future::Either::Left((ended, _)) => ended,
        futures_util::future::Either::Right(((), running)) => {
            // Live streams would never end by themselves.
            feed.close();
            let (_, ended) = futures_util::future::join(handle.stop(true), running).await;
            ended
        }
    }
}

/// Not generic, so that the whole nest of routes and layers is compiled here and not once more in
/// every crate that serves.
fn start(
    state: Data<ApiState>,
    listener: TcpListener,
    patience: u64,
    workers: usize,
) -> std::io::Result<Server> {
    let server = HttpServer::new(move || service_factory(state.clone()))
        .workers(workers.max(1))
        .client_request_timeout(HEADER_TIMEOUT)
        .shutdown_timeout(patience)
        .disable_signals()
        .listen(listener)?;
    Ok(server.run())
}
