//! Chunks of the program that the browser fetches when it first needs them, so that a page answers before the whole
//! program is loaded.
//!
//! A release is split into them (`make build`); the server and development builds contain every chunk. Code outside a
//! chunk reaches the code in it only through the value that [`chunk!`] declares: anything in it that other code calls
//! directly becomes part of the first load.

use std::sync::OnceLock;

use leptos::{prelude::*, task::spawn_local};

use crate::ui::toast::{Toasts, use_toasts};

/// The network failed, or the server runs another build by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This could not be loaded. Check your connection, or reload the page.")]
pub struct Missing;

#[cfg(feature = "split")]
impl From<leptos::wasm_split::SplitLoaderError> for Missing {
    fn from(_: leptos::wasm_split::SplitLoaderError) -> Self {
        Self
    }
}

#[cfg(feature = "split")]
type Fetch<V> = std::pin::Pin<Box<dyn Future<Output = Result<V, Missing>>>>;

/// One chunk: `V` is its entry point, a function or several. Declared with [`chunk!`].
pub struct Chunk<V: 'static> {
    /// The name of the chunk's file.
    #[cfg_attr(
        not(feature = "ssr"),
        expect(dead_code, reason = "only the server names files")
    )]
    name: &'static str,
    #[cfg(feature = "split")]
    fetch: fn() -> Fetch<V>,
    #[cfg(not(feature = "split"))]
    enter: fn() -> Result<V, Missing>,
    here: OnceLock<V>,
}

impl<V: Copy + Send + Sync> Chunk<V> {
    #[cfg(feature = "split")]
    pub const fn new(name: &'static str, fetch: fn() -> Fetch<V>) -> Self {
        let here = OnceLock::new();
        Self { name, fetch, here }
    }

    #[cfg(not(feature = "split"))]
    pub const fn new(name: &'static str, enter: fn() -> Result<V, Missing>) -> Self {
        let here = OnceLock::new();
        Self { name, enter, here }
    }

    /// The chunk's entry point, if it is loaded.
    pub fn now(&self) -> Option<V> {
        #[cfg(not(feature = "split"))]
        if let Ok(entered) = (self.enter)() {
            let _ = self.here.set(entered);
        }
        self.here.get().copied()
    }

    /// Fetches the chunk unless it is loaded. After a failure the next call tries again.
    #[cfg_attr(
        not(feature = "split"),
        expect(clippy::unused_async, reason = "there is nothing to fetch")
    )]
    pub async fn ready(&self) -> Result<V, Missing> {
        #[cfg(feature = "split")]
        if self.here.get().is_none() {
            let fetched = (self.fetch)().await?;
            let _ = self.here.set(fetched);
        }
        self.now().ok_or(Missing)
    }

    /// Shows what the chunk draws once it is loaded, or a message that it cannot be loaded. The chunks that the server
    /// rendered must be loaded before hydration: see `files::chunks::fetch_rendered`.
    pub fn view(&'static self, draw: impl Fn(V) -> AnyView + Send + 'static) -> AnyView {
        #[cfg(feature = "ssr")]
        leptos::prefetch_lazy_fn_on_server(self.name);
        if let Some(chunk) = self.now() {
            return draw(chunk);
        }
        let here = RwSignal::new(None);
        self.run(use_toasts(), move |chunk| {
            // Fails if the view was removed in the meantime.
            let _ = here.try_set(Some(chunk));
        });
        (move || here.get().map(&draw)).into_any()
    }

    /// Runs `act` with the chunk once it is loaded, or shows a message that it cannot be loaded.
    pub fn run(&'static self, toasts: Toasts, act: impl FnOnce(V) + 'static) {
        spawn_local(async move {
            match self.ready().await {
                Ok(chunk) => act(chunk),
                Err(missing) => toasts.error(missing.to_string()),
            }
        });
    }
}

/// `chunk! { /// doc  pub static NAME: Type = "file" file => value; }`: a [`Chunk`] whose code (everything that only
/// `value` reaches) has a file of its own. Chunks with the same file name share the file.
macro_rules! chunk {
    ($(#[$meta:meta])* $vis:vis static $NAME:ident: $V:ty = $file:ident => $value:expr;) => {
        $(#[$meta])*
        $vis static $NAME: $crate::chunk::Chunk<$V> = {
            #[cfg_attr(feature = "split", leptos::wasm_split::wasm_split($file, wasm_split_path = leptos::wasm_split, fallible))]
            fn enter() -> Result<$V, $crate::chunk::Missing> {
                Ok($value)
            }
            #[cfg(feature = "split")]
            let chunk = $crate::chunk::Chunk::new(stringify!($file), || Box::pin(enter()));
            #[cfg(not(feature = "split"))]
            let chunk = $crate::chunk::Chunk::new(stringify!($file), enter);
            chunk
        };
    };
}
pub(crate) use chunk;
