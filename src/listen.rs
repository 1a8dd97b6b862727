//! The accept loop: hyper speaks HTTP/1.1, poem answers. It is our own because a framework's leaves open what a server on
//! the open internet needs: small buffers, no delay, an end to slow headers, a breath when files run out, an orderly stop.

use crate::api::streams::Cut;
use crate::stream::ws_handshake::Upgrade;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A request's head has to be whole within this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A request's head is at most this large; it is also the size of a connection's buffer.
const HEAD_BYTES: usize = 16 * 1024;
/// How long to wait when a connection cannot be accepted: most likely no file is left.
const BREATH: Duration = Duration::from_millis(50);

/// Lets the process have as many files as the system allows it: a connection is one, and the usual limit is a thousand.
pub fn raise_file_limit() {
    let limit = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }) {
        tracing::warn!(%error, ?limit, "the number of open files stays limited");
    }
}

/// Accepts until `stop`; connections are finished by `tracker`'s owner.
pub async fn run<E>(listener: TcpListener, endpoint: Arc<E>, stop: CancellationToken, tracker: TaskTracker)
where
    E: Endpoint<Output = Response> + 'static,
{
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((socket, peer)) => {
                tracker.spawn(serve(socket, peer, endpoint.clone(), stop.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn serve<E>(socket: TcpStream, peer: SocketAddr, endpoint: Arc<E>, stop: CancellationToken)
where
    E: Endpoint<Output = Response> + 'static,
{
    let (Ok(()), Ok(local)) = (socket.set_nodelay(true), socket.local_addr()) else { return };
    let cut = CancellationToken::new();
    let service = service_fn(|mut request: hyper::Request<hyper::body::Incoming>| {
        let (endpoint, cut) = (endpoint.clone(), cut.clone());
        async move {
            let upgrade = Upgrade::new(hyper::upgrade::on(&mut request));
            let mut request: Request =
                (request, LocalAddr(local.into()), RemoteAddr(peer.into()), Scheme::HTTP).into();
            request.extensions_mut().insert(upgrade);
            request.extensions_mut().insert(Cut(cut));
            Ok::<hyper::Response<_>, Infallible>(endpoint.get_response(request).await.into())
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(socket), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = cut.cancelled() => return,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::trace!(%error, "a connection ended early");
    }
}
