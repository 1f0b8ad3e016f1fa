"""Files become observations or rejects: tables, headers, cells, plausibility, formats."""
