//! Carries a kernel's failure from an executor to the client.
//!
//! Between the two lies the scheduler, which knows failures as texts. An executor's kernels therefore fail with a text
//! of a fixed form that holds the kernel's name and what [`KernelError`] holds, all of it words of the plan; the client
//! reads that form and nothing else, since any other text of the engine may quote values.

use std::error::Error;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use sudare_store::compute::{ComputeError, KernelError};

const BEGIN: &str = "<sudare-kernel ";
const BETWEEN: char = '|';
const END: &str = " sudare-kernel>";

/// What a failed job's text says.
pub(super) fn read(text: &str) -> ComputeError {
    told(text).unwrap_or(ComputeError::Engine { doing: "computing on the cluster" })
}

fn told(text: &str) -> Option<ComputeError> {
    let (_, rest) = text.split_once(BEGIN)?;
    let (told, _) = rest.split_once(END)?;
    let mut parts = told.splitn(3, BETWEEN);
    let (kernel, kind, what) = (parts.next()?, parts.next()?, parts.next()?.to_owned());
    let source = match kind {
        "params" => KernelError::Params("an executor says so"),
        "column" => KernelError::Column(what),
        "key" => KernelError::Key(what),
        "batch" => KernelError::Batch,
        _ => return None,
    };
    Some(ComputeError::Kernel { kernel: kernel.to_owned(), source })
}

fn tell(kernel: &str, error: &KernelError) -> String {
    let (kind, what) = match error {
        KernelError::Params(why) => ("params", *why),
        KernelError::Column(name) => ("column", name.as_str()),
        KernelError::Key(id) => ("key", id.as_str()),
        KernelError::Batch => ("batch", ""),
    };
    format!("{BEGIN}{kernel}{BETWEEN}{kind}{BETWEEN}{what}{END}")
}

/// A kernel's function whose failures can be read by [`read`].
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct Telling(Arc<ScalarUDF>);

impl Telling {
    /// The same function, telling.
    pub(super) fn over(function: ScalarUDF) -> ScalarUDF {
        ScalarUDF::from(Self(Arc::new(function)))
    }
}

impl ScalarUDFImpl for Telling {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.0.return_type(arguments)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.0.return_field_from_args(args)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        self.0.invoke_with_args(args).map_err(|error| match kernel_error(&error) {
            Some(found) => DataFusionError::Execution(tell(self.name(), found)),
            None => error,
        })
    }
}

fn kernel_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e KernelError> {
    error.downcast_ref().or_else(|| kernel_error(error.source()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_executor_tells_the_client_reads() {
        let errors =
            [KernelError::Column("n".into()), KernelError::Key("k|1".into()), KernelError::Batch];
        for error in errors {
            let text = format!("Job a failed: Task failed: {} in stage 2", tell("k", &error));
            let ComputeError::Kernel { kernel, source } = read(&text) else { panic!("{text}") };
            assert_eq!((kernel.as_str(), source.to_string()), ("k", error.to_string()));
        }
    }

    #[test]
    fn other_texts_are_not_passed_on() {
        let error = read("cannot cast '山田太郎' to Int64");
        assert_eq!(error.to_string(), "the engine failed while computing on the cluster");
    }
}
