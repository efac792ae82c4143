//! Takes statistics of columns out of a physical plan before it is sent.
//!
//! A Parquet file's statistics hold the smallest and the largest value of each column, which are values of somebody's
//! rows; DataFusion carries them in the scan and writes them into the serialised plan. The scheduler has no use for
//! them here (plans arrive planned), so they go, whoever put them in.

use std::sync::Arc;

use datafusion::common::Statistics;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig, FileScanConfigBuilder};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_plan::ExecutionPlan;

/// The same plan without statistics of files.
pub(super) fn without(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let bare = plan.transform_up(|node| {
        let Some(scan) = node.downcast_ref::<DataSourceExec>() else {
            return Ok(Transformed::no(node));
        };
        let Some(files) = scan.data_source().downcast_ref::<FileScanConfig>() else {
            return Ok(Transformed::no(node));
        };
        let groups = files.file_groups.iter().map(bare_group).collect();
        let unknown = Statistics::new_unknown(files.file_schema());
        let config = FileScanConfigBuilder::from(files.clone())
            .with_file_groups(groups)
            .with_statistics(unknown)
            .build();
        Ok(Transformed::yes(DataSourceExec::from_data_source(config) as Arc<dyn ExecutionPlan>))
    })?;
    Ok(bare.data)
}

fn bare_group(group: &FileGroup) -> FileGroup {
    let bare = |file: &PartitionedFile| PartitionedFile { statistics: None, ..file.clone() };
    FileGroup::new(group.files().iter().map(bare).collect())
}
