//! Serves a store by itself, for test suites and clients of S3 that are tried against it:
//! `cargo run -p embedded --example serve -- FOLDER 127.0.0.1:9000`. The key is in `FOLDER/root-key.json`.

use std::error::Error;

use embedded::{Config, Store};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(address), None) = (arguments.next(), arguments.next(), arguments.next()) else {
        return Err("usage: serve FOLDER ADDRESS".into());
    };
    let store = Store::open(Config::new(folder)).await?;
    let socket = TcpListener::bind(address).await?;
    let interrupted = async {
        // Without a handler the default one ends the process, which loses nothing either.
        let _ = tokio::signal::ctrl_c().await;
    };
    store.serve(socket, Store::limits(), interrupted).await;
    store.close().await;
    Ok(())
}
