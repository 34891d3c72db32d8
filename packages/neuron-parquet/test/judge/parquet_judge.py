"""Says what pyarrow and DuckDB read in Parquet files. Paths come as JSON on stdin, answers go out as JSON."""

import json
import sys

import duckdb
import pyarrow.parquet as pq



def plain(column):
    return [None if value is None or value != value else value for value in column]


def by_pyarrow(path):
    file = pq.ParquetFile(path, page_checksum_verification=True)
    table = file.read()
    group = file.metadata.row_group(0) if file.metadata.num_row_groups else None
    columns = {name: [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in plain(table[name].to_pylist())] for name in table.column_names}
    sorting = [] if group is None or not group.sorting_columns else [file.schema.column(s.column_index).name for s in group.sorting_columns]
    indexed = group is not None and all(group.column(i).has_offset_index and group.column(i).has_column_index for i in range(group.num_columns))
    return {"columns": columns, "groups": file.metadata.num_row_groups, "sorting": sorting, "indexed": indexed}


def by_duckdb(path):
    names = [row[0] for row in duckdb.sql(f"describe select * from '{path}'").fetchall()]
    rows = duckdb.sql(f"select * from '{path}'").fetchall()
    columns = {name: [str(v) if isinstance(v, int) and not isinstance(v, bool) else v for v in plain([row[at] for row in rows])] for at, name in enumerate(names)}
    if "neuron" not in names:
        return {"columns": columns, "counts": {}}
    pruned = duckdb.sql(f"select neuron, count(*) from '{path}' group by neuron order by neuron").fetchall()
    counts = {str(neuron): duckdb.sql(f"select count(*) from '{path}' where neuron = ?", params=[neuron]).fetchone()[0] for neuron, _ in pruned}
    return {"columns": columns, "counts": counts}


print(json.dumps([{"pyarrow": by_pyarrow(path), "duckdb": by_duckdb(path)} for path in json.load(sys.stdin)]))
