//! The accept loop: hyper speaks HTTP/1.1, poem answers. It is our own because a framework's leaves open what a server on
//! the open internet needs: small buffers, no delay, an end to slow headers, a breath when files run out, an orderly stop.

mod handover;

use crate::stream::line::Takeover;
use handover::{Handover, Watched};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioTimer;
use poem::http::uri::Scheme;
use poem::web::{LocalAddr, RemoteAddr};
use poem::{Endpoint, Request, Response};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::convert::Infallible;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// A request's head has to be whole within this time.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// A request's head is at most this large; it is also the size of a connection's buffer.
const HEAD_BYTES: usize = 16 * 1024;
/// A peer that does not even take the head of its answer is given up after this time.
const TAKES_NO_HEAD: Duration = Duration::from_secs(30);
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
                tracker.spawn(serve(socket, peer, endpoint.clone(), stop.clone(), tracker.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
}

async fn serve<E>(
    socket: TcpStream, peer: SocketAddr, endpoint: Arc<E>, stop: CancellationToken, tracker: TaskTracker,
) where
    E: Endpoint<Output = Response> + 'static,
{
    let (Ok(()), Ok(local)) = (socket.set_nodelay(true), socket.local_addr()) else { return };
    let handover = Arc::new(Handover::default());
    let socket = Watched::new(socket, handover.clone());
    let service = service_fn(|request: hyper::Request<hyper::body::Incoming>| {
        let (endpoint, handover) = (endpoint.clone(), handover.clone());
        // Boxed, so that an idle connection does not keep the room that an answer needs.
        Box::pin(async move {
            let request: Request =
                (request, LocalAddr(local.into()), RemoteAddr(peer.into()), Scheme::HTTP).into();
            let mut response: hyper::Response<_> = endpoint.get_response(request).await.into();
            if let Some(line) = response.extensions_mut().remove::<Takeover>().and_then(|taken| taken.take())
            {
                handover.offer(line);
            }
            Ok::<_, Infallible>(response)
        })
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(socket, service);
    let mut is_stopping = false;
    let mut stuck = pin!(handover.is_stuck(TAKES_NO_HEAD));
    let ended = loop {
        let done = poll_fn(|context| {
            let polled = Pin::new(&mut connection).poll(context);
            match handover.take() {
                Some(line) => Poll::Ready(Ok(Some(line))),
                None => polled.map_ok(|()| None),
            }
        });
        tokio::select! {
            ended = done => break ended,
            () = &mut stuck => break Ok(None),
            () = stop.cancelled(), if !is_stopping => {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
        }
    };
    match ended {
        Ok(Some(mut line)) => {
            // In a task of its own, so that nothing of this one is kept.
            let parts = connection.into_parts();
            line.take_over(parts.io.into_inner(), parts.read_buf);
            tracker.spawn(line.run());
        }
        Ok(None) => {}
        Err(error) => tracing::trace!(%error, "a connection ended early"),
    }
}
