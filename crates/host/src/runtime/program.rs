//! What a component is: a function of Kontor's own contract, or one made for the standard world `wasi:http/proxy`.

use wasmtime::{
    Store,
    component::{Component, InstancePre},
};
use wasmtime_wasi_http::p2::bindings::{Proxy, ProxyPre};

use super::{
    Runtime, State,
    bindings::{Function, FunctionPre},
};

/// The export with which a component of any kind says what it is.
pub(crate) const DESCRIBE: &str = "describe";

/// A component, ready to be instantiated.
pub(crate) enum Program {
    /// Of the world `kontor:function/function`.
    Function(FunctionPre<State>),
    /// Of the world `wasi:http/proxy`.
    Standard(ProxyPre<State>),
}

/// What an instance exports.
pub(crate) enum Exports {
    /// See [`Program::Function`].
    Function(Function),
    /// See [`Program::Standard`].
    Standard(Proxy),
}

impl Program {
    /// Checks imports and exports with their types.
    pub(crate) fn new(runtime: &Runtime, component: &Component, standard: bool) -> wasmtime::Result<Self> {
        let pre = runtime.linker.instantiate_pre(component)?;
        Ok(if standard { Self::Standard(ProxyPre::new(pre)?) } else { Self::Function(FunctionPre::new(pre)?) })
    }

    /// Makes an instance.
    pub(crate) async fn instantiate(&self, store: &mut Store<State>) -> wasmtime::Result<Exports> {
        Ok(match self {
            Self::Function(pre) => Exports::Function(pre.instantiate_async(store).await?),
            Self::Standard(pre) => Exports::Standard(pre.instantiate_async(store).await?),
        })
    }

    /// Whether it is of the standard world.
    pub(crate) fn is_standard(&self) -> bool {
        matches!(self, Self::Standard(_))
    }

    fn instance_pre(&self) -> &InstancePre<State> {
        match self {
            Self::Function(pre) => pre.instance_pre(),
            Self::Standard(pre) => pre.instance_pre(),
        }
    }

    /// Calls `describe` in an instance of its own.
    pub(crate) async fn describe(&self, store: &mut Store<State>) -> wasmtime::Result<String> {
        let instance = self.instance_pre().instantiate_async(&mut *store).await?;
        let describe = instance.get_typed_func::<(), (String,)>(&mut *store, DESCRIBE)?;
        Ok(describe.call_async(store, ()).await?.0)
    }
}
