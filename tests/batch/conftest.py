"""A cloud for the jobs: a bucket with schools, and our stack with a queue in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import batch_service
import pytest
from batch_cloud import Cloud
from batch_service import ROOT, process_of_job
from cloud import moto_server, point_to
from notebook_text import PARAMETERS, QUICK, notebook_text


@pytest.fixture(scope="session")
def cloud(tiny_high_folder: Path, valley_high_folder: Path) -> Iterator[Cloud]:
    """A cloud with two schools, two notebooks and our stack; its jobs are processes of this machine."""
    from moto.batch.models import Job

    with moto_server() as address, pytest.MonkeyPatch.context() as patch:
        point_to(patch, address)
        patch.setenv("PYTHONPATH", str(ROOT))
        patch.setattr(Job, "run", process_of_job)
        made = Cloud()
        for folder in (tiny_high_folder, valley_high_folder):
            made.bucket.put_folder(folder, f"schools/{folder.name}")
        made.bucket.put("schools/quick.ipynb", notebook_text(PARAMETERS, QUICK))
        try:
            yield made
        finally:
            for running in batch_service.processes.values():
                batch_service.end_at_once(running)
