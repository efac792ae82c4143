//! A table as Delta sees it: one commit that adds its Parquet files, and a snapshot read back as a list of them.
//!
//! Delta's types are fewer than Arrow's. The Parquet files carry the Arrow schema and are the truth; the Delta schema
//! names the nearest type (16 bytes as binary, codes as string, unsigned numbers one size up, instants as
//! timestamps without zone).

use std::collections::HashMap;
use std::sync::Arc;

use arrow::datatypes::{DataType as ArrowType, Schema};
use deltalake_core::kernel::{Action, Add, DataType, PrimitiveType, StructField};
use deltalake_core::logstore::{LogStoreRef, StorageConfig, default_logstore};
use deltalake_core::operations::create::CreateBuilder;
use deltalake_core::{DeltaTable, DeltaTableError};
use object_store::ObjectStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use url::Url;

use super::manifest::FileFacts;

/// Commits a new table of these files at a location such as `cleared/<dataset>/<table>`.
pub(super) async fn create(
    store: Arc<dyn ObjectStore>,
    location: &str,
    schema: &Schema,
    files: &[FileFacts],
) -> Result<(), DeltaTableError> {
    let fields = schema
        .fields()
        .iter()
        .map(|field| StructField::new(field.name(), delta_type(field.data_type()), true));
    CreateBuilder::new()
        .with_log_store(log_store(store, location)?)
        .with_columns(fields)
        .with_actions(files.iter().map(add))
        .await
        .map(drop)
}

/// File names of the newest snapshot.
pub(super) async fn live_files(
    store: Arc<dyn ObjectStore>,
    location: &str,
) -> Result<Vec<String>, DeltaTableError> {
    let mut table = DeltaTable::new(log_store(store, location)?);
    table.load().await?;
    let mut names: Vec<String> = table
        .snapshot()?
        .log_data()
        .into_iter()
        .map(|file| file.object_store_path().to_string())
        .collect();
    names.sort_unstable();
    Ok(names)
}

fn log_store(store: Arc<dyn ObjectStore>, location: &str) -> Result<LogStoreRef, DeltaTableError> {
    let url = Url::parse(&format!("vault:///{location}/"))
        .map_err(|_| DeltaTableError::InvalidTableLocation(location.to_owned()))?;
    let prefixed = Arc::new(PrefixStore::new(Arc::clone(&store), Path::from(location)));
    Ok(default_logstore(prefixed, store, &url, &StorageConfig::default()))
}

fn add(file: &FileFacts) -> Action {
    Action::Add(Add {
        path: file.file.clone(),
        partition_values: HashMap::new(),
        size: i64::try_from(file.bytes).unwrap_or(i64::MAX),
        modification_time: 0,
        data_change: true,
        stats: Some(format!("{{\"numRecords\":{}}}", file.rows)),
        tags: None,
        deletion_vector: None,
        base_row_id: None,
        default_row_commit_version: None,
        clustering_provider: None,
    })
}

fn delta_type(arrow: &ArrowType) -> DataType {
    let primitive = match arrow {
        ArrowType::Boolean => PrimitiveType::Boolean,
        ArrowType::Int8 => PrimitiveType::Byte,
        ArrowType::UInt8 | ArrowType::Int16 => PrimitiveType::Short,
        ArrowType::UInt16 | ArrowType::Int32 => PrimitiveType::Integer,
        ArrowType::UInt32 | ArrowType::Int64 => PrimitiveType::Long,
        ArrowType::Float32 => PrimitiveType::Float,
        ArrowType::Float64 => PrimitiveType::Double,
        ArrowType::Date32 => PrimitiveType::Date,
        ArrowType::Timestamp(_, None) => PrimitiveType::TimestampNtz,
        ArrowType::Timestamp(_, Some(_)) => PrimitiveType::Timestamp,
        ArrowType::FixedSizeBinary(_) | ArrowType::Binary => PrimitiveType::Binary,
        ArrowType::Dictionary(_, values) => return delta_type(values),
        _ => PrimitiveType::String,
    };
    DataType::Primitive(primitive)
}
