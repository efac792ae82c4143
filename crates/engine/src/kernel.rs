//! A kernel as a function of DataFusion: rows in, a struct of the output columns out.
//!
//! The call's arguments are the parameters and the column names as two literals, then the columns. So a call can be
//! written down and read back by the kernel's name alone, which is what a cluster does; the keys stay with whoever
//! makes the function.
//!
//! Invariant: a kernel runs once for each row. DataFusion may repeat or move a pure expression, so every kernel is
//! declared volatile, whether it is or not.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{ArrayRef, StructArray};
use arrow::datatypes::{DataType, Field, FieldRef, Schema};
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility, lit,
};
use datafusion::prelude::ident;
use sudare_store::compute::{Kernel, KernelCall, KernelRegistry, KeyRing};

use crate::failure::KernelFailed;

/// What stands between two column names in the second argument: no column name holds a line end.
const BETWEEN_NAMES: char = '\n';
/// Arguments before the columns: parameters, names.
const LITERALS: usize = 2;

/// The call of a kernel on all columns of a schema.
pub(crate) fn call(
    kernel: &Arc<dyn Kernel>,
    keys: &Arc<dyn KeyRing>,
    call: &KernelCall,
    input: &Schema,
) -> Expr {
    let names: Vec<&str> = input.fields().iter().map(|field| field.name().as_str()).collect();
    let mut arguments = vec![lit(call.params.as_str()), lit(names.join("\n"))];
    arguments.extend(names.into_iter().map(ident));
    function(kernel, keys).call(arguments)
}

/// The function of this name, if the registry knows the kernel.
#[cfg_attr(
    not(feature = "cluster"),
    expect(dead_code, reason = "a cluster's executors find kernels by name")
)]
pub(crate) fn named(
    kernels: &KernelRegistry,
    keys: &Arc<dyn KeyRing>,
    name: &str,
) -> Option<ScalarUDF> {
    kernels.named(name).map(|kernel| function(kernel, keys))
}

fn function(kernel: &Arc<dyn Kernel>, keys: &Arc<dyn KeyRing>) -> ScalarUDF {
    ScalarUDF::from(KernelFunction {
        kernel: Arc::clone(kernel),
        keys: Arc::clone(keys),
        signature: Signature::variadic_any(Volatility::Volatile),
    })
}

#[derive(Debug)]
struct KernelFunction {
    kernel: Arc<dyn Kernel>,
    keys: Arc<dyn KeyRing>,
    signature: Signature,
}

/// Two functions of one name are one: names are unique in a registry.
impl PartialEq for KernelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name() == other.kernel.name()
    }
}

impl Eq for KernelFunction {}

impl Hash for KernelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kernel.name().hash(state);
    }
}

impl KernelFunction {
    fn output(&self, input: &Schema, params: &str) -> Result<Schema> {
        self.kernel
            .output(input, params)
            .map_err(|source| KernelFailed::wrap(self.kernel.name(), source))
    }
}

impl ScalarUDFImpl for KernelFunction {
    fn name(&self) -> &str {
        self.kernel.name()
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("a kernel's type depends on its arguments")
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let literal = |at: usize| text(args.scalar_arguments.get(at).copied().flatten());
        let input = input_schema(literal(1)?, args.arg_fields);
        let output = self.output(&input, literal(0)?)?;
        Ok(Arc::new(Field::new(self.name(), DataType::Struct(output.fields().clone()), false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let literal = |at: usize| match args.args.get(at) {
            Some(ColumnarValue::Scalar(value)) => text(Some(value)),
            _ => text(None),
        };
        let (params, input) = (literal(0)?, input_schema(literal(1)?, &args.arg_fields));
        let rows = args.number_rows;
        let columns = args.args.iter().skip(LITERALS).map(|column| column.to_array(rows));
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(input), columns, &options)?;
        let output = self.output(&batch.schema(), params)?;
        let made = self
            .kernel
            .run(&batch, params, self.keys.as_ref())
            .map_err(|source| KernelFailed::wrap(self.name(), source))?;
        if made.num_rows() != rows {
            return internal_err!("a kernel gave another number of rows");
        }
        // Checks the columns against the promised types, without looking at values.
        let made = StructArray::try_new_with_length(
            output.fields().clone(),
            made.columns().to_vec(),
            None,
            rows,
        )?;
        Ok(ColumnarValue::Array(Arc::new(made)))
    }
}

fn text(value: Option<&ScalarValue>) -> Result<&str> {
    match value {
        Some(ScalarValue::Utf8(Some(text))) => Ok(text),
        _ => internal_err!("a kernel's first two arguments are texts"),
    }
}

/// The input's schema from the joined names and the fields of all arguments.
fn input_schema(names: &str, arguments: &[FieldRef]) -> Schema {
    let columns = names.split(BETWEEN_NAMES).zip(arguments.iter().skip(LITERALS));
    let field = |(name, argument): (&str, &FieldRef)| {
        Field::new(name, argument.data_type().clone(), argument.is_nullable())
    };
    Schema::new(columns.map(field).collect::<Vec<_>>())
}
