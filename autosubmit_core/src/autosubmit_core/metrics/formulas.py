"""The formulas of the CPMIP metrics, each on arrays or numbers.

They are those of Balaji et al. 2017, "CPMIP: measurements of real computational performance of Earth
system models in CMIP6", doi:10.5194/gmd-10-19-2017. Which jobs go into them is said where they are
used. What cannot be computed is NaN.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from autosubmit_core.metrics.constants import (
    JOULES_PER_MEGAWATT_HOUR,
    SECONDS_PER_DAY,
    SECONDS_PER_HOUR,
)
from autosubmit_core.tables import FloatColumn

__all__ = [
    "core_hours_per_simulated_year",
    "footprint",
    "joules_per_simulated_year",
    "ratio",
    "simulated_years_per_day",
]


def simulated_years_per_day(years: npt.ArrayLike, seconds: npt.ArrayLike) -> FloatColumn:
    """Return simulated years per day: 86400 · years / seconds.

    SYPD if the seconds are those that simulations ran, ASYPD if they include queue and
    postprocessing, RSYPD if they are the time that passed (Balaji et al. 2017,
    doi:10.5194/gmd-10-19-2017). Both are (n,) or numbers; NaN where no time passed.

    Two chunks of four months in six hours each:

    >>> round(float(simulated_years_per_day(8 / 12, 2 * 21_600)), 3)
    1.333
    """
    return ratio(np.asarray(years) * SECONDS_PER_DAY, seconds)


def core_hours_per_simulated_year(
    processing_elements: npt.ArrayLike, run: npt.ArrayLike, years: npt.ArrayLike
) -> FloatColumn:
    """Return CHSY: processing elements · run / 3600 / years.

    (Balaji et al. 2017, doi:10.5194/gmd-10-19-2017.) ``run`` is in seconds; all are (n,) or
    numbers; NaN where nothing was simulated.

    >>> round(float(core_hours_per_simulated_year(768, 484, 1 / 12)), 2)
    1239.04
    """
    return ratio(np.asarray(processing_elements) * np.asarray(run) / SECONDS_PER_HOUR, years)


def joules_per_simulated_year(energy: npt.ArrayLike, years: npt.ArrayLike) -> FloatColumn:
    """Return JPSY: energy / years.

    (Balaji et al. 2017, doi:10.5194/gmd-10-19-2017.) ``energy`` is in joules; both are (n,) or
    numbers; NaN where nothing was simulated.

    >>> float(joules_per_simulated_year(1_000_000, 0.25))
    4000000.0
    """
    return ratio(energy, years)


def footprint(
    energy: npt.ArrayLike, carbon_factor: float, power_usage_effectiveness: float
) -> FloatColumn:
    """Return grams of CO2: energy / 3.6e9 · CF · PUE.

    ``energy`` is in joules, (n,) or a number, CF in grams of CO2 per megawatt-hour; PUE has no
    unit and is what the computing centre draws over what its computers do.

    >>> round(float(footprint(1_570_000, 357_000, 1.08)), 3)
    168.147
    """
    grams: FloatColumn = (
        np.asarray(energy) / JOULES_PER_MEGAWATT_HOUR * carbon_factor * power_usage_effectiveness
    )
    return grams


def ratio(above: npt.ArrayLike, below: npt.ArrayLike) -> FloatColumn:
    """Return a quotient, NaN where the divisor is not positive.

    >>> ratio([1, 1, 1], [2, 0, -1]).tolist()
    [0.5, nan, nan]
    """
    numerator, divisor = np.asarray(above, np.float64), np.asarray(below, np.float64)
    usable = np.where(divisor > 0, divisor, np.nan)
    quotient: FloatColumn = numerator / usable
    return quotient
