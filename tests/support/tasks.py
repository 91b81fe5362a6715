"""What tests share of tasks."""

from datetime import UTC, datetime

from app.start import Service

NOW = datetime(2026, 11, 16, 12, tzinfo=UTC)


async def queued(service: Service) -> list[tuple[str, object]]:
    async with service.db.connection() as conn:
        rows = await conn.execute("SELECT task_name, args -> 'source' FROM procrastinate_jobs ORDER BY id")
        return await rows.fetchall()
