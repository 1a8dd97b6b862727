//! A wire that a test can cut, slow down or silence: it stands between an instance and one of its backends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::bus_faults::BusFaults;

/// What the wire does with what is sent over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wire {
    Passes,
    /// Each piece waits for so long.
    Delays(Duration),
    /// New connections are taken and old ones kept, and no byte moves: neither side is told anything.
    IsSilent,
}

/// How the wire is just now.
#[derive(Clone, Copy)]
pub struct State {
    wire: Wire,
    /// Connections of an earlier one have been cut.
    generation: u64,
}

/// How a connection learns of what its wire does.
pub type Watched = watch::Receiver<State>;

/// A running proxy; dropping this cuts every connection.
pub struct Proxy {
    pub port: u16,
    state: watch::Sender<State>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// To a port of this machine. `faults` spoils what a Redis there says to its subscribers.
    pub async fn to(port: u16, faults: Option<Arc<BusFaults>>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let backend = SocketAddr::from(([127, 0, 0, 1], port));
        let (state, watched) = watch::channel(State { wire: Wire::Passes, generation: 0 });
        let port = listener.local_addr().unwrap().port();
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(serve(client, backend, watched.clone(), faults.clone()));
            }
        });
        Proxy { port, state, accepting }
    }

    pub fn set(&self, wire: Wire) {
        self.state.send_modify(|state| state.wire = wire);
    }

    /// Ends every connection that is open now.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.generation += 1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn serve(client: TcpStream, backend: SocketAddr, watched: Watched, faults: Option<Arc<BusFaults>>) {
    let mut state = watched.clone();
    let born_in = state.borrow().generation;
    let carried = async {
        // Through a silent wire nobody can be reached either.
        watched.clone().wait_for(|state| state.wire != Wire::IsSilent).await.ok()?;
        let server = TcpStream::connect(backend).await.ok()?;
        client.set_nodelay(true).ok()?;
        server.set_nodelay(true).ok()?;
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let up = pump(from_client, to_server, watched.clone());
        match faults {
            None => tokio::select! { () = up => {}, () = pump(from_server, to_client, watched) => {} },
            Some(faults) => {
                tokio::select! { () = up => {}, () = faults.pump(from_server, to_client, watched) => {} }
            }
        }
        Some(())
    };
    tokio::select! {
        _ = carried => {}
        _ = state.wait_for(|state| state.generation != born_in) => {}
    }
}

/// Carries bytes one way until either side ends.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, watched: Watched) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        if passes(&watched).await.is_none() || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

/// Waits as long as the wire makes a piece wait; `None` once the proxy is gone.
pub async fn passes(watched: &Watched) -> Option<()> {
    let wire = watched.clone().wait_for(|state| state.wire != Wire::IsSilent).await.ok()?.wire;
    if let Wire::Delays(duration) = wire {
        tokio::time::sleep(duration).await;
    }
    Some(())
}
