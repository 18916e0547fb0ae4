namespace CallCenter.Telephony.Pages;

/// <summary>What is asked for, one after the other, to connect a phone system.</summary>
public enum WizardStep
{
    Provider,
    Connection,
    Mapping,
    TestCall,
    Activation,
}
