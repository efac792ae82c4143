//! How a process reads the kernels of a plan: each is a name there.
//!
//! An executor looks the name up in its registry. The scheduler cuts plans into stages and never runs them: a kernel is
//! a name to it, and a stand-in keeps name and arguments through decoding and encoding and refuses to run.

use std::sync::Arc;

use ballista_core::serde::BallistaPhysicalExtensionCodec;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, exec_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_plan::ExecutionPlan;
use datafusion_proto::physical_plan::{PhysicalExtensionCodec, PhysicalProtoConverterExtension};
use sudare_store::compute::{KernelRegistry, KeyRing};

use super::Holdings;
use super::kernel_error::Telling;
use crate::kernel;

/// Ballista's own codec, and kernels by name.
#[derive(Debug)]
pub(super) struct ByName {
    own: BallistaPhysicalExtensionCodec,
    /// `None`: a scheduler.
    held: Option<(KernelRegistry, Arc<dyn KeyRing>)>,
}

impl ByName {
    /// For a scheduler: any name will do.
    pub(super) fn unknown() -> Self {
        Self { own: BallistaPhysicalExtensionCodec::default(), held: None }
    }

    /// For an executor: names of the kernels it holds.
    pub(super) fn held(holdings: &Holdings) -> Self {
        let held = (holdings.kernels.clone(), Arc::clone(&holdings.keys));
        Self { own: BallistaPhysicalExtensionCodec::default(), held: Some(held) }
    }
}

impl PhysicalExtensionCodec for ByName {
    fn try_decode(
        &self,
        buf: &[u8],
        inputs: &[Arc<dyn ExecutionPlan>],
        ctx: &TaskContext,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.own.try_decode(buf, inputs, ctx, proto_converter)
    }

    fn try_encode(
        &self,
        node: Arc<dyn ExecutionPlan>,
        buf: &mut Vec<u8>,
        proto_converter: &dyn PhysicalProtoConverterExtension,
    ) -> Result<()> {
        self.own.try_encode(node, buf, proto_converter)
    }

    fn try_decode_udf(&self, name: &str, _buf: &[u8]) -> Result<Arc<ScalarUDF>> {
        if let Some((kernels, keys)) = &self.held {
            return match kernel::named(kernels, keys, name) {
                Some(function) => Ok(Arc::new(Telling::over(function))),
                None => exec_err!("no kernel of this name is registered here"),
            };
        }
        let signature = Signature::variadic_any(Volatility::Volatile);
        Ok(Arc::new(ScalarUDF::from(StandIn { name: name.to_owned(), signature })))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct StandIn {
    name: String,
    signature: Signature,
}

impl ScalarUDFImpl for StandIn {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        exec_err!("a scheduler does not know what a kernel gives")
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Result<ColumnarValue> {
        exec_err!("a scheduler runs no kernel")
    }
}
