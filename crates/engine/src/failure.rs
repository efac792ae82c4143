//! The engine's errors as ours. DataFusion's own text may quote values, so none of it is kept or logged.

use std::error::Error;

use datafusion::error::DataFusionError;
use sudare_store::compute::{ComputeError, KernelError};

/// A kernel's failure on its way through DataFusion.
#[derive(Debug, thiserror::Error)]
#[error("kernel `{kernel}` failed")]
pub(crate) struct KernelFailed {
    kernel: String,
    source: KernelError,
}

impl KernelFailed {
    pub(crate) fn wrap(kernel: &str, source: KernelError) -> DataFusionError {
        DataFusionError::External(Box::new(Self { kernel: kernel.to_owned(), source }))
    }
}

/// A failure while a plan is made.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
pub(crate) fn planning(error: DataFusionError) -> ComputeError {
    failure(&error, "planning")
}

/// A failure while a plan runs.
#[expect(clippy::needless_pass_by_value, reason = "the shape that `map_err` asks for")]
pub(crate) fn running(error: DataFusionError) -> ComputeError {
    failure(&error, "computing")
}

fn failure(error: &DataFusionError, doing: &'static str) -> ComputeError {
    if let Some(failed) = kernel_failure(error) {
        return ComputeError::Kernel {
            kernel: failed.kernel.clone(),
            source: again(&failed.source),
        };
    }
    match error.find_root() {
        DataFusionError::ResourcesExhausted(_) => {
            ComputeError::Engine { doing: "computing within its memory limit" }
        }
        _ => ComputeError::Engine { doing },
    }
}

/// Finds the kernel's failure under DataFusion's wrappings, which may share an error between partitions.
fn kernel_failure<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e KernelFailed> {
    if let Some(found) = error.downcast_ref::<KernelFailed>() {
        return Some(found);
    }
    if let Some(DataFusionError::External(inner)) = error.downcast_ref::<DataFusionError>()
        && let Some(found) = inner.downcast_ref::<KernelFailed>()
    {
        return Some(found);
    }
    error.source().and_then(kernel_failure)
}

/// The same failure once more: a shared error cannot be taken.
fn again(error: &KernelError) -> KernelError {
    match error {
        KernelError::Params(why) => KernelError::Params(why),
        KernelError::Column(name) => KernelError::Column(name.clone()),
        KernelError::Key(id) => KernelError::Key(id.clone()),
        KernelError::Batch => KernelError::Batch,
    }
}
