"""Price Prediction App: labelled datasets, model comparison and live predictions of prices."""
